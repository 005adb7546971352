select * from {{ ref('night_checks') }}
