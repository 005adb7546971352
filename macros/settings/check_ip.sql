{% macro check_ip(network) -%}
  {#- only the server knows its own addresses -#}
  {%- call statement('check_ip') -%}
    do $check$
    begin
        perform cast({{ sql_list([network | trim]) }} as inet);
    exception when invalid_text_representation then
        raise exception using message = {{ sql_list([setting_place('exclude_ips') ~ ': ']) }} || sqlerrm
            || {{ sql_list(['; write an address or a network, as in 203.0.113.7 or 10.0.0.0/8']) }};
    end
    $check$
  {%- endcall -%}
{%- endmacro %}
