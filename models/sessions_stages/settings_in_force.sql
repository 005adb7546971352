{{ config(
    incremental_strategy='sync',
    unique_key=['setting_name'],
    meta={'sync_scope': 'everything'},
) }}

-- written once the tables agree with it
-- depends_on: {{ ref('attribution') }}, {{ ref('useful_sessions') }}, {{ ref('excluded_sessions') }}
with final as (
    {{ settings_now() }}
)

select * from final
