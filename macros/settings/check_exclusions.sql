{% macro check_exclusions() -%}
  {#- stops the run unless the four settings that leave sessions out make sense -#}
  {%- set agents = var('exclude_user_agents') -%}
  {%- if agents is not boolean -%}
    {%- if agents is string or agents is mapping or agents is not iterable -%}
      {%- do setting_error('exclude_user_agents', 'is ' ~ tojson(agents), 'write true for the list in seeds/, false for none, or a list of patterns to have besides') -%}
    {%- endif -%}
    {%- do check_text_list('exclude_user_agents') -%}
    {%- for pattern in agents -%}
      {%- do check_regular_expression(pattern, setting_place('exclude_user_agents'), 'give POSIX regular expressions') -%}
    {%- endfor -%}
  {%- endif -%}
  {%- for name in ['exclude_ips', 'exclude_email_domains', 'exclude_hosts'] -%}
    {%- do check_text_list(name) -%}
  {%- endfor -%}
  {%- for domain in var('exclude_email_domains') if '/' in domain or ' ' in domain or '*' in domain or '@' in domain -%}
    {%- do setting_error('exclude_email_domains', 'holds ' ~ tojson(domain) ~ ', which is no domain', 'write what follows the @, as in example.com') -%}
  {%- endfor -%}
  {%- for domain in var('exclude_hosts') if '/' in domain or ' ' in domain or '*' in domain or ':' in domain -%}
    {%- do setting_error('exclude_hosts', 'holds ' ~ tojson(domain) ~ ', which is no host', 'write the bare host, as in staging.example.com: its subdomains are included') -%}
  {%- endfor -%}
  {%- for network in var('exclude_ips') -%}
    {%- if not modules.re.fullmatch('[0-9]+([.][0-9]+){3}(/[0-9]{1,2})?|[0-9A-Fa-f:]*:[0-9A-Fa-f:]*(/[0-9]{1,3})?', network | trim) -%}
      {%- do setting_error('exclude_ips', 'holds ' ~ tojson(network) ~ ', which is no address', 'write an address or a network, as in 203.0.113.7 or 10.0.0.0/8') -%}
    {%- endif -%}
    {%- do check_ip(network) -%}
  {%- endfor -%}
{%- endmacro %}
