{% macro check_input(name) -%}
  {#- stops the run unless the setting is null or names a table and columns that are there and can be used -#}
  {%- set input = var(name) -%}
  {%- if input is none -%}{{ return('') }}{%- endif -%}
  {%- set columns = input_columns()[name] -%}
  {%- set wanted = ['schema', 'table'] -%}
  {%- for key, column in columns.items() if column['required'] -%}
    {%- do wanted.append(key) -%}
  {%- endfor -%}
  {%- set example = 'write it as {' ~ wanted | join(': ..., ') ~ ': ...}, or null for none' -%}
  {%- if input is not mapping -%}
    {%- do setting_error(name, 'is ' ~ tojson(input), example) -%}
  {%- endif -%}
  {%- for key in wanted if input.get(key) is not string or not input.get(key) | trim -%}
    {%- do setting_error(name, "lacks '" ~ key ~ "'", example) -%}
  {%- endfor -%}
  {%- for key, value in input.items() -%}
    {%- if key not in wanted and key not in columns -%}
      {%- do setting_error(name, "holds '" ~ key ~ "', which it does not know", example) -%}
    {%- elif value is not string or '"' in value -%}
      {%- do setting_error(name, "has the " ~ key ~ ' ' ~ tojson(value), 'give the name of a column, or leave it out') -%}
    {%- endif -%}
  {%- endfor -%}
  {%- set types = input_types(name) -%}
  {%- set place = input['schema'] ~ '.' ~ input['table'] -%}
  {%- if not types -%}
    {%- do setting_error(name, 'there is no table ' ~ place, 'name one that is there, or null for none') -%}
  {%- endif -%}
  {%- for key, column in columns.items() if input.get(key) -%}
    {%- if input[key] not in types -%}
      {%- do setting_error(name, place ~ " has no column '" ~ input[key] ~ "'", 'it has ' ~ types.keys() | join(', ')) -%}
    {%- elif column.get('types') and types[input[key]] not in column['types'] -%}
      {%- do setting_error(
        name, place ~ '.' ~ input[key] ~ ' is of type ' ~ types[input[key]], 'it has to be one of ' ~ column['types'] | join(', ')
      ) -%}
    {%- endif -%}
  {%- endfor -%}
{%- endmacro %}
