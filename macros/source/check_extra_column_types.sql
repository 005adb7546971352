{% macro check_extra_column_types() -%}
  {#- app_tracks carries a column in the type it had at first; only a text takes in every other -#}
  {%- set stored_types = carried_types() -%}
  {%- if stored_types -%}
    {%- for table in segment_tables(['tracks', 'pages', 'screens']) -%}
      {%- for column_name, stored_type in stored_types.items() if column_name in table['columns'] -%}
        {%- set data_type = carried_type(table['columns'][column_name]) -%}
        {%- if stored_type not in ['text', data_type] -%}
          {%- do source_error(
            table['relation'].schema ~ '.' ~ table['table_name'],
            "the column '" ~ column_name ~ "' is of type " ~ data_type ~ ' and app_tracks carries it as ' ~ stored_type,
            'give it its type back, or build anew with: python -m runner nightly --full-refresh'
          ) -%}
        {%- endif -%}
      {%- endfor -%}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}
