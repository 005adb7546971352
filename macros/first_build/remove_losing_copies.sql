{% macro remove_losing_copies() -%}
  {#- ids that stand in two months, or twice in one: found by reading the months' indexes side by side, in order,
      without a sort; only their rows are compared. The order is that of winning_copies. -#}
  {%- if build_step() == 'duplicates' -%}
    {%- set winner_order = ['received_at', 'timestamp', 'source_table'] + event_columns() + var('extra_columns') -%}
    delete from {{ this }} as target
    using (
        with repeated as (
            select {{ text_hash('id') }} as id_hash
            from {{ this }}
            group by {{ text_hash('id') }}
            having count(*) > 1
        ),

        copies as (
            select
                stored.tableoid as leaf,
                stored.ctid as place,
                stored."timestamp",
                row_number() over (
                    partition by stored.source_name, stored.id
                    order by {% for column in winner_order %}stored.{{ adapter.quote(column) }} nulls first, {% endfor %}stored.ctid
                ) as copy_number
            from repeated
            inner join {{ this }} as stored on {{ text_hash('stored.id') }} = repeated.id_hash
        )

        select * from copies where copy_number > 1
    ) as losing
    where
        target.tableoid = losing.leaf
        and target.ctid = losing.place
        and target."timestamp" = losing."timestamp"
  {%- else -%}
    select 1
  {%- endif -%}
{%- endmacro %}
