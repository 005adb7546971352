{% macro finish_step() -%}
  {#- the part and the note that it is done are one transaction: a killed build goes on behind it -#}
  {%- if build_step() in ['prepare', 'events', 'sessions', 'merge', 'indexes', 'duplicates', 'edges'] -%}
    insert into {{ ref('build_steps') }} (model_name, kind, part, finished_at)
    values (
        '{{ this.identifier }}', '{{ build_step() }}',
        {{ sql_list([var('build_step').get('part', '')]) }}, clock_timestamp()
    )
  {%- else -%}
    select 1
  {%- endif -%}
{%- endmacro %}
