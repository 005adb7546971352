{{ config(
    incremental_strategy='sync',
    unique_key=['setting_name'],
    meta={'sync_scope': 'everything'},
) }}

-- written once the tables agree with it
{% if var('reporting') -%}
-- depends_on: {{ ref('channel_performance') }}, {{ ref('campaign_performance') }}, {{ ref('content_performance') }}, {{ ref('retention') }}
-- depends_on: {{ ref('active_after_signup') }}, {{ ref('self_report_agreement') }}, {{ ref('self_report_check') }}, {{ ref('reconciliation') }}
-- depends_on: {{ ref('touch_credit') }}, {{ ref('signup_activity') }}, {{ ref('attribution_changes') }}
{%- endif %}
-- depends_on: {{ ref('attribution') }}, {{ ref('useful_sessions') }}, {{ ref('excluded_sessions') }}
with final as (
    {{ settings_now() }}
)

select * from final
