{% macro check_own_domains() -%}
  {%- for domain in var('own_domains') if '/' in domain or ' ' in domain or '*' in domain -%}
    {%- do setting_error('own_domains', 'holds ' ~ tojson(domain) ~ ', which is no domain', 'write the bare domain, as in example.com: its subdomains are included') -%}
  {%- endfor -%}
{%- endmacro %}
