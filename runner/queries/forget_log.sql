-- An error that was kept may quote an id: the whole word, or a long id anywhere.
-- Identifiers: {log}, the table
update {log} as log
set error = 'it named an id that was forgotten since'
where
    exists (
        select 1
        from forget_ids
        where case
            when strpos(log.error, forget_ids.id) = 0 then false
            when length(forget_ids.id) > 200 then true
            else log.error ~ (
                '(^|[^[:alnum:]_])' || regexp_replace(forget_ids.id, '([^[:alnum:]])', '\\\1', 'g') || '($|[^[:alnum:]_])'
            )
        end
    );
