{% macro check_regular_expression(pattern, place, next_step) -%}
  {#- only the server knows its own regular expressions; the mark of the block cannot stand in the pattern -#}
  {%- set mark = '$check_' ~ local_md5(pattern) ~ '$' -%}
  {%- call statement('check_regular_expression') -%}
    do {{ mark }}
    begin
        perform '' ~* {{ sql_list([pattern]) }};
    exception when invalid_regular_expression then
        raise exception using message = {{ sql_list([place ~ ': ']) }} || sqlerrm || {{ sql_list(['; ' ~ next_step]) }};
    end
    {{ mark }}
  {%- endcall -%}
{%- endmacro %}
