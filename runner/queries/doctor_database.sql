-- What this role may do in the database
select
    current_database() as database_name,
    current_user as role_name,
    has_database_privilege(current_database(), 'create') as may_create,
    has_database_privilege(current_database(), 'temporary') as may_use_temporary;
