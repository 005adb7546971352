{% macro is_excluded_ip(ip) -%}
  {#- whether an address lies in one of vars.exclude_ips; what is no address lies in none and raises nothing -#}
  {{ return(adapter.dispatch('is_excluded_ip', 'segment_attribution')(ip)) }}
{%- endmacro %}

{% macro default__is_excluded_ip(ip) -%}
  {#- An IPv4 network is told by the text of its whole bytes first; only what passes is read as an address. An IPv6
      address has more than one spelling, so each that has a colon is read. -#}
  {%- set byte = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])' -%}
  {%- set group = '[0-9a-f]{1,4}' -%}
  {%- set shapes = ['(' ~ group ~ ':){7}' ~ group, '(' ~ group ~ ':){1,7}:', ':(:' ~ group ~ '){1,7}', '::'] -%}
  {%- for before in range(1, 7) -%}
    {%- do shapes.append('(' ~ group ~ ':){' ~ before ~ '}(:' ~ group ~ '){1,' ~ (7 - before) ~ '}') -%}
  {%- endfor -%}
  {%- set tests = [] -%}
  {%- for network in var('exclude_ips') -%}
    {%- set inside = 'cast(address as inet) <<= ' ~ 'cast(' ~ sql_list([network | trim]) ~ ' as inet)' -%}
    {%- if ':' in network -%}
      {%- do tests.append("when strpos(address, ':') > 0 and address ~ '^(" ~ shapes | join('|') ~ ")$' and " ~ inside ~ ' then true') -%}
    {%- else -%}
      {%- set whole = ((network | trim).split('/')[1] | default(32, true) | int) // 8 -%}
      {%- set prefix = (network | trim).split('/')[0].split('.')[:whole] | join('.') ~ ('.' if 0 < whole < 4 else '') -%}
      {%- do tests.append('when starts_with(address, ' ~ sql_list([prefix]) ~ ") and address ~ '^(" ~ byte ~ "[.]){3}" ~ byte ~ "$' and " ~ inside ~ ' then true') -%}
    {%- endif -%}
  {%- endfor -%}
  (
      select
          case
              {% for test in tests -%}
              {{ test }}
              {% endfor -%}
              else false
          end
      from (select regexp_replace(lower(btrim({{ ip }})), '^::ffff:([0-9.]+)$', '\1') as address offset 0) as written
  )
{%- endmacro %}
