{% macro check_number(name, lowest, highest) -%}
  {%- set value = var(name) -%}
  {%- if value is not number or value is boolean or value != value | int -%}
    {%- do setting_error(name, 'is ' ~ tojson(value) ~ ', not a whole number', 'give a number from ' ~ lowest ~ ' to ' ~ highest) -%}
  {%- elif value < lowest or value > highest -%}
    {%- do setting_error(name, 'is ' ~ value, 'give a number from ' ~ lowest ~ ' to ' ~ highest) -%}
  {%- endif -%}
{%- endmacro %}
