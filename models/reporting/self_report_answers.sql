{{ config(
    enabled=var('reporting'),
    incremental_strategy='sync',
    unique_key=['alias_id'],
    meta={'sync_scope': 'everything', 'leaf_storage': changing_leaf()},
) }}

{%- set input = var('self_reports') %}
{% if input -%}
{%- set types = input_types('self_reports') %}
with reports as (
    select
        {{ input_user_id(input) }} as user_id,
        {{ input_text(input['answer']) }} as answer,
        {% if input.get('timestamp') -%}
        {{ utc_moment(adapter.quote(input['timestamp']), types.get(input['timestamp'])) }} as answered_at
        {%- else -%}
        cast(null as timestamp with time zone) as answered_at
        {%- endif %}
    from {{ input_relation('self_reports') }}
),

identity_map as (
    select * from {{ ref('identity_map') }}
),

answer_meanings as (
    select * from {{ ref('answer_meanings') }}
),

-- who answered more than once meant it the first time
answers as (
    select distinct on (coalesce(identity_map.alias_id, reports.user_id))
        coalesce(identity_map.alias_id, reports.user_id) as alias_id,
        reports.answer,
        reports.answered_at
    from reports
    left join identity_map on identity_map.id = reports.user_id
    where reports.user_id is not null and reports.answer is not null
    order by
        coalesce(identity_map.alias_id, reports.user_id),
        reports.answered_at nulls last,
        {{ binary_text('reports.answer') }}
),

-- of the words that an answer holds, the row with the smallest precedence says what is meant
final as (
    select distinct on (answers.alias_id)
        answers.alias_id,
        answers.answer,
        answers.answered_at,
        answer_meanings.channel as answered_channel,
        answer_meanings.source as answered_source
    from answers
    left join answer_meanings on position(answer_meanings.word in lower(answers.answer)) > 0
    order by answers.alias_id, answer_meanings.precedence nulls last
)

select * from final
{%- else -%}
-- depends_on: {{ ref('identity_map') }}, {{ ref('answer_meanings') }}
select
    {{ binary_text('cast(null as text)') }} as alias_id,
    cast(null as text) as answer,
    cast(null as timestamp with time zone) as answered_at,
    cast(null as text) as answered_channel,
    cast(null as text) as answered_source
where false
{%- endif %}
