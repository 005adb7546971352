{% macro winning_links(pairs) -%}
  {#- of the links that leave an id the earliest counts; an id shared by too many users links no one -#}
  select
      anonymous_id as id,
      user_id as next_id
  from (
      select
          anonymous_id,
          user_id,
          row_number() over (partition by anonymous_id order by first_seen_at, user_id) as link_number,
          count(*) over (partition by anonymous_id) as user_count
      from {{ pairs }}
  ) as numbered
  where
      link_number = 1
      {% if var('max_users_per_anonymous_id') is not none -%}
      and user_count <= {{ var('max_users_per_anonymous_id') | int }}
      {%- endif %}
{%- endmacro %}
