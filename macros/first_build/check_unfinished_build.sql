{% macro check_unfinished_build() -%}
  {#- the parts of a first build belong together: only the runner knows what is left -#}
  {%- set steps = stored_relation('sessions_stages', 'build_steps') -%}
  {%- if steps and build_step() == 'none' and not flags.FULL_REFRESH and flags.WHICH in ['build', 'run'] -%}
    {%- set found = run_query("select count(*), count(*) filter (where kind = 'finish') from " ~ steps) -%}
    {%- if found[0][0] > 0 and found[0][1] == 0 -%}
      {%- do exceptions.raise_compiler_error(
        'the first build by months is not finished: finish it with: python -m runner nightly'
        ~ ' (or build all in one go with: dbt build --full-refresh)'
      ) -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}
