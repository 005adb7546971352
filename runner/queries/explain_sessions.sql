-- The sessions of a person in order, each with the rule of the list channel_rules that gave its channel.
-- Identifiers: {all_sessions}, {channel_rules}
-- Parameter: %(alias_id)s
with rules as (
    select
        precedence,
        min(channel) as channel,
        string_agg(nullif(description, ''), '; ' order by clause, field, operator, pattern) as description
    from {channel_rules}
    group by precedence
)

select
    all_sessions.session_number,
    all_sessions.session_id,
    all_sessions.started_at,
    all_sessions.ended_at,
    all_sessions.event_count,
    all_sessions.channel,
    all_sessions.source,
    all_sessions.medium,
    all_sessions.utm_campaign as campaign,
    all_sessions.canonical_source,
    all_sessions.click_id,
    all_sessions.is_paid,
    all_sessions.channel_rule,
    rules.description as rule_description,
    rules.channel is not distinct from all_sessions.channel as is_rule_in_force,
    all_sessions.exclusion_reason,
    all_sessions.first_page_url,
    all_sessions.referrer,
    all_sessions.signup_at,
    all_sessions.is_signup_session
from {all_sessions} as all_sessions
left join rules on rules.precedence = all_sessions.channel_rule
where all_sessions.alias_id = %(alias_id)s
order by all_sessions.session_number;
