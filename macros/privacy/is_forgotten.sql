{% macro is_forgotten(expressions) -%}
  {#- whether one of the ids is on the list. Every row that is read is asked: the key is a hash of a few
      nanoseconds, and SHA-256 is left for those whose key is on the list. Where the list is empty the
      server computes neither. -#}
  {%- set forgotten_ids = stored_relation('privacy', 'forgotten_ids') -%}
  {%- set salt = stored_relation('privacy', 'forgotten_salt') -%}
  {%- if not forgotten_ids or not salt -%}
    false
  {%- else -%}
  ({% for expression in expressions %}
    case
        when {{ seeded_hash(expression, '(select key_seed from ' ~ salt ~ ')') }} in (select id_key from {{ forgotten_ids }})
            then {{ salted_hash(expression, '(select salt from ' ~ salt ~ ')') }} in (select id_hash from {{ forgotten_ids }})
        else false
    end
    {{- ' or ' if not loop.last }}
  {%- endfor %})
  {%- endif -%}
{%- endmacro %}
