{% macro email_domain(expression) -%}
  {#- what follows the last @ of a text, in lower case; null where there is no @ or nothing after it -#}
  case
      when strpos({{ expression }}, '@') > 0
          then nullif(lower(btrim(split_part({{ expression }}, '@', -1), E' \t\n\r\f\x0b')), '')
  end
{%- endmacro %}
