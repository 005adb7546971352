{% macro is_blog_page(url) -%}
  {%- set pattern = var('blog_url_pattern') -%}
  case
      when {{ url }} is null then false
      {% if pattern == '(^blog\\.|/blog/)' -%}
      -- the default pattern needs this word: most pages are told apart without a regular expression
      when strpos(lower({{ url }}), 'blog') = 0 then false
      -- and most of the others show it as they stand: behind the host, and nothing that a path ends at
      when
          (starts_with({{ url }}, 'https://') or starts_with({{ url }}, 'http://'))
          and strpos({{ url }}, '/blog/') > 8
          and strpos({{ url }}, '?') = 0
          and strpos({{ url }}, '#') = 0
          and strpos({{ url }}, E'\\') = 0
          then true
      when
          starts_with({{ url }}, 'http')
          then (
              select starts_with(place, 'blog.') or strpos(place, '/blog/') > 0
              from (
                  select lower(coalesce({{ url_host(url) }}, '') || coalesce({{ url_path(url) }}, '')) as place
                  offset 0
              ) as written
          )
      {% endif -%}
      else coalesce({{ url_host(url) }}, '') || coalesce({{ url_path(url) }}, '') ~* {{ sql_list([pattern]) }}
  end
{%- endmacro %}
