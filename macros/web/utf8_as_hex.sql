{% macro utf8_as_hex() -%}
  {#- a regular expression: hex digits that spell well-formed UTF-8 without NUL (Unicode 16, table 3-7) -#}
  {%- set tail = '[89ab][0-9a-f]' -%}
  {%- set characters = [
    '0[1-9a-f]',
    '[1-7][0-9a-f]',
    'c[2-9a-f]' ~ tail,
    'd[0-9a-f]' ~ tail,
    'e0[ab][0-9a-f]' ~ tail,
    'e[1-9abcef](?:' ~ tail ~ '){2}',
    'ed[89][0-9a-f]' ~ tail,
    'f0[9ab][0-9a-f](?:' ~ tail ~ '){2}',
    'f[1-3](?:' ~ tail ~ '){3}',
    'f48[0-9a-f](?:' ~ tail ~ '){2}',
  ] -%}
  {{ return('^(?:' ~ characters | join('|') ~ ')*$') }}
{%- endmacro %}
