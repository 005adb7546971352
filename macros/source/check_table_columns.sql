{% macro check_table_columns(place, table_name, columns, remembered) -%}
  {%- set moments = ['timestamp with time zone', 'timestamp without time zone'] -%}
  {%- set id_columns = ['previous_id', 'user_id'] if table_name == 'aliases' else ['anonymous_id', 'user_id'] -%}
  {%- for column_name in ['id', 'timestamp', 'received_at'] if column_name not in columns -%}
    {%- do source_error(place, "the required column '" ~ column_name ~ "' is missing", 'restore it, or take the table out of the schema') -%}
  {%- endfor -%}
  {%- for column_name in ['timestamp', 'received_at'] if columns[column_name] not in moments -%}
    {%- do source_error(place, "the column '" ~ column_name ~ "' is of type " ~ columns[column_name] ~ ', not a timestamp', 'give it its type back') -%}
  {%- endfor -%}
  {%- if id_columns[0] not in columns and id_columns[1] not in columns -%}
    {%- do source_error(place, "both '" ~ id_columns | join("' and '") ~ "' are missing: one of them is required", 'restore it') -%}
  {%- endif -%}
  {%- for column_name in ['id', 'timestamp', 'received_at'] + id_columns if column_name in remembered -%}
    {%- if column_name not in columns -%}
      {%- do source_error(place, "the column '" ~ column_name ~ "' was there in the last run and is missing", accept_hint()) -%}
    {%- elif columns[column_name] != remembered[column_name] -%}
      {%- do source_error(place, "the column '" ~ column_name ~ "' was of type " ~ remembered[column_name] ~ ' and is now ' ~ columns[column_name], accept_hint()) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- set added = [] -%}
  {%- for column_name in columns if remembered and column_name not in remembered -%}
    {%- do added.append("'" ~ column_name ~ "' (" ~ columns[column_name] ~ ')') -%}
  {%- endfor -%}
  {%- if added | length == 1 -%}
    {{ log('notice: ' ~ place ~ ' has a new column ' ~ added[0] ~ ': to carry it into app_tracks, list it in vars.extra_columns', info=true) }}
  {%- elif added -%}
    {%- set most = 10 -%}
    {%- set rest = ' and ' ~ (added | length - most) ~ ' more' if added | length > most else '' -%}
    {%- set told = place ~ ' has ' ~ added | length ~ ' new columns, ' ~ added[:most] | join(', ') ~ rest -%}
    {{ log('notice: ' ~ told ~ ': to carry some into app_tracks, list them in vars.extra_columns', info=true) }}
  {%- endif -%}
{%- endmacro %}
