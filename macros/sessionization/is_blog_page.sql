{% macro is_blog_page(url) -%}
  {%- set pattern = var('blog_url_pattern') -%}
  case
      when {{ url }} is null then false
      {% if pattern == '(^blog\\.|/blog/)' -%}
      -- the default pattern needs this word: most pages are told apart without a regular expression
      when strpos(lower({{ url }}), 'blog') = 0 then false
      {% endif -%}
      else coalesce({{ url_host(url) }}, '') || coalesce({{ url_path(url) }}, '') ~* {{ sql_list([pattern]) }}
  end
{%- endmacro %}
