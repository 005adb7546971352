-- Parameters: %(schema_name)s, %(table_name)s
select to_regclass(format('%%I.%%I', %(schema_name)s::text, %(table_name)s::text)) is not null as is_there;
