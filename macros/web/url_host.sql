{% macro url_host(url) -%}
  {#- the host of a URL: lower-case, without user, port and final dot; null where there is none -#}
  {{ return(adapter.dispatch('url_host', 'segment_attribution')(url)) }}
{%- endmacro %}

{% macro default__url_host(url) -%}
  {#- Most authorities are the host as it stands, and show it by what they do not hold: the tests cost a
      third of a regular expression. `offset 0` keeps the planner from writing an expression out at each
      of its uses. -#}
  {%- set plain = [] -%}
  {%- for character in ["':'", "'@'", "' '", "E'\\t'", "E'\\n'", "E'\\r'", "E'\\f'", "E'\\x0b'"] -%}
    {%- do plain.append('strpos(url_authority, ' ~ character ~ ') = 0') -%}
  {%- endfor -%}
  (
      select
          case
              when right(url_authority, 1) > '.' and {{ plain | join(' and ') }}
                  then case
                      when strpos(url_authority, '.') > 0 or {{ url_is_absolute(url) }} then lower(url_authority)
                  end
              when url_authority = '' then null
              else (
                  select
                      case
                          when bare_host = '' or bare_host ~ '[ \t\n\r\f\v]' then null
                          when {{ url_is_absolute(url) }} then bare_host
                          when strpos(bare_host, '.') > 0 and strpos(bare_host, ':') = 0 then bare_host
                      end
                  from (
                      select
                          regexp_replace(
                              lower(regexp_replace(split_part(url_authority, '@', -1), ':[0-9]*$', '')), '[.]$', ''
                          ) as bare_host
                      offset 0
                  ) as bare
              )
          end
      from (select {{ binary_text(url_authority(url)) }} as url_authority offset 0) as written
  )
{%- endmacro %}
