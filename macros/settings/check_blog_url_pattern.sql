{% macro check_blog_url_pattern() -%}
  {%- set value = var('blog_url_pattern') -%}
  {%- set next_step = 'give a POSIX regular expression for host and path' -%}
  {%- if value is not string or not value -%}
    {%- do setting_error('blog_url_pattern', 'is ' ~ tojson(value) ~ ', not a text', next_step) -%}
  {%- endif -%}
  {#- only the server knows its own regular expressions; the mark of the block cannot stand in the pattern -#}
  {%- set mark = '$check_' ~ local_md5(value) ~ '$' -%}
  {%- call statement('check_blog_url_pattern') -%}
    do {{ mark }}
    begin
        perform '' ~* {{ sql_list([value]) }};
    exception when invalid_regular_expression then
        raise exception using message = {{ sql_list(["setting 'blog_url_pattern' (vars.blog_url_pattern in dbt_project.yml or --vars): "]) }}
            || sqlerrm || {{ sql_list(['; ' ~ next_step]) }};
    end
    {{ mark }}
  {%- endcall -%}
{%- endmacro %}
