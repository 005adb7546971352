{% macro check_reporting() -%}
  {%- if var('reporting') is not boolean -%}
    {%- do setting_error('reporting', 'is ' ~ tojson(var('reporting')), 'write true or false') -%}
  {%- endif -%}
  {%- do check_text_list('attribution_models') -%}
  {%- set known = all_models() -%}
  {%- for name in var('attribution_models') if name not in known -%}
    {%- do setting_error('attribution_models', "holds '" ~ name ~ "'", 'choose from ' ~ known | join(', ')) -%}
  {%- endfor -%}
  {%- if var('attribution_lookback_days') is not none -%}
    {%- do check_number('attribution_lookback_days', 1, 36500) -%}
  {%- endif -%}
  {%- do check_number('time_decay_half_life_days', 1, 36500) -%}
  {%- for name in input_columns() -%}
    {%- do check_input(name) -%}
  {%- endfor -%}
{%- endmacro %}
