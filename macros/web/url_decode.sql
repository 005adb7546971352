{% macro url_decode(value) -%}
  {#- `+` as a space and %XX as the byte it names; a value whose bytes are no text keeps its escapes -#}
  {{ return(adapter.dispatch('url_decode', 'segment_attribution')(value)) }}
{%- endmacro %}

{% macro default__url_decode(value) -%}
  {#- Every piece after a `%` begins with two hex digits, or the `%` stands for itself. The bytes are
      looked at as hex before they are read as text: convert_from would raise on bytes that are none. -#}
  case
      when strpos({{ value }}, '%') = 0 then replace({{ value }}, '+', ' ')
      -- the one escape that makes up most of them
      when strpos(replace({{ value }}, '%20', ''), '%') = 0
          then replace(replace({{ value }}, '+', ' '), '%20', ' ')
      else (
          select
              case
                  when url_bytes ~ '{{ utf8_as_hex() }}' then convert_from(decode(url_bytes, 'hex'), 'UTF8')
                  else replace({{ value }}, '+', ' ')
              end
          from (
              select
                  string_agg(
                      case
                          when url_place = 1 then encode(convert_to(url_piece, 'UTF8'), 'hex')
                          when url_piece ~ '^[0-9A-Fa-f]{2}'
                              then lower(left(url_piece, 2)) || encode(convert_to(substr(url_piece, 3), 'UTF8'), 'hex')
                          else '25' || encode(convert_to(url_piece, 'UTF8'), 'hex')
                      end,
                      '' order by url_place
                  ) as url_bytes
              from string_to_table(replace({{ value }}, '+', ' '), '%') with ordinality as pieces (url_piece, url_place)
          ) as joined
      )
  end
{%- endmacro %}
