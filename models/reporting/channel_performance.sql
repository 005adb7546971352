{{ config(enabled=var('reporting'), materialized='view') }}

{{ performance({'channel': 'channel'}, {'channel': 'channel'}) }}
