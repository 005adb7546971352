{# every row of identifies and aliases: no events, they only teach which id is whose #}
with final as (
    {{ segment_identity_calls() }}
)

select * from final
