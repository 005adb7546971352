{{ config(incremental_strategy='append', full_refresh=false) }}

-- drawn once: with another one nobody on the list would be known any more
with drawn as (
    select
        {{ random_text() }} as salt,
        {{ text_hash(random_text()) }} as key_seed
),

final as (
    select
        salt,
        key_seed
    from drawn
    {% if is_incremental() -%}
    where not exists (select 1 from {{ this }})
    {%- endif %}
)

select * from final
