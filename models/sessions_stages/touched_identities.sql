{{ config(incremental_strategy='append', post_hook='analyze {{ this }}') }}

-- depends_on: {{ ref('arrived_identity_calls') }}
{% if build_step() == 'edges' %}
-- depends_on: {{ ref('arrived_events') }}
with final as (
    {{ month_edges() }}
)
{% else %}
with arrived as (
    select * from {{ ref('arrived_events') }} where row_kind = 'row'
),

moments as (
    select
        coalesce(user_id, anonymous_id) as identity,
        "timestamp" as touched_at
    from arrived
    union all
    -- the copy that is replaced leaves its place
    select
        coalesce(stored_user_id, stored_anonymous_id) as identity,
        stored_timestamp as touched_at
    from arrived
    where verdict = 'better'
    {%- if var('exclude_email_domains') %}
    union all
    -- an e-mail address says who is one of us, also where it links no ids
    select
        coalesce(user_id, anonymous_id) as identity,
        "timestamp" as touched_at
    from {{ ref('arrived_identity_calls') }}
    where row_kind = 'row' and email_domain is not null
    union all
    select
        coalesce(stored_user_id, stored_anonymous_id) as identity,
        stored_timestamp as touched_at
    from {{ ref('arrived_identity_calls') }}
    where row_kind = 'row' and verdict = 'better'
    {%- endif %}
),

-- by day, so that a late event does not drag in the months between
final as (
    select
        identity,
        min(touched_at) as from_at,
        max(touched_at) as to_at
    from moments
    where identity is not null
    group by identity, date_trunc('day', touched_at at time zone 'UTC')
)
{% endif %}
select * from final
