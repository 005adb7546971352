-- How many of those who said where they came from agree with their first touch.
select
    count(*) as answers,
    count(agrees) as comparable,
    count(*) filter (where agrees) as agreeing
from reporting.self_report_agreement;
