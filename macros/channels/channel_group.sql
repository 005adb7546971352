{% macro channel_group(source, medium, campaign, category, is_ai_source) -%}
  {#- GA4's default channel groups in GA4's order, and AI Assistant. Takes columns in lower case: source and
      medium are never null ('(direct)', '(none)'), category is GA4's category of the source. -#}
  {%- set email_words = "('email', 'e-mail', 'e_mail', 'e mail')" -%}
  case
      -- Direct: no source and no medium
      when {{ source }} = '(direct)' and {{ medium }} in ('(none)', '(not set)') then 'Direct'
      -- Cross-network: the campaign says so
      when {{ campaign }} like '%cross-network%' then 'Cross-network'
      -- Paid Shopping: a shopping site or campaign, and a paid medium
      when
          ({{ category }} = 'shopping' or {{ is_shopping_campaign(campaign) }}) and {{ is_paid_medium(medium) }}
          then 'Paid Shopping'
      -- Paid Search: a search engine, and a paid medium
      when {{ category }} = 'search' and {{ is_paid_medium(medium) }} then 'Paid Search'
      -- Paid Social: a social network, and a paid medium
      when {{ category }} = 'social' and {{ is_paid_medium(medium) }} then 'Paid Social'
      -- Paid Video: a video site, and a paid medium
      when {{ category }} = 'video' and {{ is_paid_medium(medium) }} then 'Paid Video'
      -- Display: before Paid Other, which would take cpm
      when {{ medium }} in ('display', 'banner', 'expandable', 'interstitial', 'cpm') then 'Display'
      -- Paid Other: a paid medium from anywhere else
      when {{ is_paid_medium(medium) }} then 'Paid Other'
      -- AI Assistant: our own group; a medium that says something else than "a link" goes by that medium
      when
          {{ medium }} = 'ai-assistant'
          or ({{ is_ai_source }} and {{ medium }} in ('(none)', '(not set)', 'referral', 'organic'))
          then 'AI Assistant'
      -- Organic Shopping: a shopping site or campaign
      when {{ category }} = 'shopping' or {{ is_shopping_campaign(campaign) }} then 'Organic Shopping'
      -- Organic Social: a social network or medium
      when
          {{ category }} = 'social'
          or {{ medium }} in ('social', 'social-network', 'social-media', 'sm', 'social network', 'social media')
          then 'Organic Social'
      -- Organic Video: a video site or medium
      when {{ category }} = 'video' or {{ medium }} like '%video%' then 'Organic Video'
      -- Organic Search: a search engine or medium
      when {{ category }} = 'search' or {{ medium }} = 'organic' then 'Organic Search'
      -- Referral: a link on another site or in an app
      when {{ medium }} in ('referral', 'app', 'link') then 'Referral'
      -- Email: by source or medium
      when {{ source }} in {{ email_words }} or {{ medium }} in {{ email_words }} then 'Email'
      -- Affiliates: by medium
      when {{ medium }} = 'affiliate' then 'Affiliates'
      -- Audio: by medium
      when {{ medium }} = 'audio' then 'Audio'
      -- SMS: by source or medium
      when {{ source }} = 'sms' or {{ medium }} = 'sms' then 'SMS'
      -- Mobile Push Notifications: by medium, or sent by Firebase
      when
          {{ medium }} like '%push'
          or {{ medium }} like '%mobile%'
          or {{ medium }} like '%notification%'
          or {{ source }} = 'firebase'
          then 'Mobile Push Notifications'
      else 'Unassigned'
  end
{%- endmacro %}
