{% macro remove_losing_copies() -%}
  {#- Ids that stand in two months, or twice in one: their hashes are sorted, 8 bytes each, and only the rows of
      such ids are compared. (An index of an expression is never read without its rows: in order of hashes that
      would be one page after the other, all over the table.) The order is that of winning_copies. Each part takes
      a range of hashes, so that several work at a time, and notes how many copies it removed. -#}
  {%- if build_step() == 'duplicates' -%}
    {%- set winner_order = ['received_at', 'timestamp', 'source_table'] + event_columns() + var('extra_columns') -%}
    {%- set share = var('build_step')['share'] -%}
    {%- set shares = var('build_step')['shares'] -%}
    {%- set first_hash = -9223372036854775808 -%}
    {%- set width = 18446744073709551616 // shares -%}
    set local enable_hashagg = off;
    set local enable_indexscan = off;
    set local enable_bitmapscan = off;
    create temporary table repeated on commit drop as
    with hashes as (
        select {{ text_hash('id') }} as id_hash
        from {{ this }}
        offset 0
    ),

    final as (
        select id_hash
        from hashes
        where
            id_hash >= {{ first_hash + share * width }}
            {%- if share < shares - 1 %}
            and id_hash < {{ first_hash + (share + 1) * width }}
            {%- endif %}
        group by id_hash
        having count(*) > 1
    )

    select id_hash from final;

    set local enable_indexscan = on;
    set local enable_bitmapscan = on;
    set local enable_seqscan = off;
    with copies as (
        select
            stored.tableoid as leaf,
            stored.ctid as place,
            stored."timestamp",
            row_number() over (
                partition by stored.source_name, stored.id
                order by {% for column in winner_order %}stored.{{ adapter.quote(column) }} nulls first, {% endfor %}stored.ctid
            ) as copy_number
        from {{ this }} as stored
        where {{ text_hash('stored.id') }} = {{ any_of('id_hash', 'repeated') }}
    ),

    removed as (
        delete from {{ this }} as target
        using copies
        where
            copies.copy_number > 1
            and target.tableoid = copies.leaf
            and target.ctid = copies.place
            and target."timestamp" = copies."timestamp"
        returning target.source_name, target.source_table
    )

    insert into {{ ref('build_steps') }} (model_name, kind, part, source_name, source_table, row_count, finished_at)
    select
        'app_tracks', 'removed', {{ sql_list([var('build_step')['part']]) }},
        source_name, source_table, count(*), clock_timestamp()
    from removed
    group by source_name, source_table
  {%- else -%}
    select 1
  {%- endif -%}
{%- endmacro %}
