{% macro setting_changed(stored_name, stored_value) -%}
  {#- a source that is added changes no table; one that is gone or moved does -#}
  {%- if stored_name.startswith('file of seed ') -%}
    {{ return(stored_value != seed_checksum(stored_name | replace('file of seed ', ''))) }}
  {%- elif stored_name in shaping_seeds() -%}
    {{ return(false) }}
  {%- elif stored_name == 'segment_sources' -%}
    {%- set gone = [] -%}
    {%- for source in fromjson(stored_value) if source not in var('segment_sources') -%}
      {%- do gone.append(source) -%}
    {%- endfor -%}
    {{ return(gone | length > 0) }}
  {%- else -%}
    {{ return(stored_value != tojson(var(stored_name), sort_keys=true)) }}
  {%- endif -%}
{%- endmacro %}
