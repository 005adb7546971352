{% macro check_settings_in_force() -%}
  {#- says which tables no longer agree with a changed setting; stops where only a full refresh helps -#}
  {%- set stored = stored_relation('sessions_stages', 'settings_in_force') -%}
  {%- if stored and not flags.FULL_REFRESH -%}
    {%- set chain = rebuild_chain() -%}
    {%- for row in run_query('select setting_name, setting_value from ' ~ stored ~ ' order by setting_name') -%}
      {%- set name = row[0] | replace('file of seed ', '') -%}
      {%- set first_model = setting_effects().get(name) -%}
      {%- if first_model and setting_changed(row[0], row[1]) -%}
        {%- set tables = chain[chain.index(first_model):] | join(', ') -%}
        {%- set change = "setting '" ~ name ~ "' changed since the tables were built: " ~ tables ~ ' no longer agree with it' -%}
        {%- if first_model == 'app_tracks' or not var('rebuild_on_change') -%}
          {%- do exceptions.raise_compiler_error(change ~ '; build them anew with: python -m runner nightly' ~ (' --full-refresh' if first_model == 'app_tracks' else '')) -%}
        {%- endif -%}
        {{ log('notice: ' ~ change ~ ' and are computed anew', info=true) }}
      {%- endif -%}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}
