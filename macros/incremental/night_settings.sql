{% macro night_settings(model_name=none) -%}
  {#- the night looks up what it touched: never a scan of a month, whatever the statistics say -#}
  {%- if build_step() in ['none', 'finish'] and execute and is_incremental() and not rebuild_everything(model_name) -%}
    set local enable_seqscan = off; set local jit = off
  {%- elif build_step() != 'none' -%}
    set local jit = off; set local work_mem = {{ sql_list([var('build_memory')]) }};
    set local maintenance_work_mem = {{ sql_list([var('build_memory')]) }}
  {%- else -%}
    set local jit = off
  {%- endif -%}
{%- endmacro %}
