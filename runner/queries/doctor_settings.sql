-- Settings as they are for this session: bytes, milliseconds, or text.
-- Parameters: %(names)s text[]
select
    settings.name,
    current_setting(settings.name) as shown,
    case
        when settings.unit in ('B', 'kB', '8kB', 'MB', 'GB')
            then settings.setting::numeric * pg_size_bytes('1' || replace(settings.unit, '8kB', 'kB')) * case when settings.unit = '8kB' then 8 else 1 end
        when settings.unit = 'ms' then settings.setting::numeric
        when settings.unit = 's' then settings.setting::numeric * 1000
        when settings.unit = 'min' then settings.setting::numeric * 60000
        when settings.vartype in ('integer', 'real') then settings.setting::numeric
    end::double precision as amount
from pg_settings as settings
where settings.name = any(%(names)s);
