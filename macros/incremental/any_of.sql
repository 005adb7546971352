{% macro any_of(expression, relation) -%}
  {#- for `x = ...`: one list of keys, distinct and in order, walks an index once a month, where a join descends
      into each month for each row; a list in disorder is sorted again for every month. For a btree: a hash index
      would compare each row it finds with the whole list. -#}
  any(array(select distinct {{ expression }} as key_of_list from {{ relation }} order by key_of_list))
{%- endmacro %}
