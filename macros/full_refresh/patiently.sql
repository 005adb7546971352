{% macro patiently(statement, relation) -%}
  {#- Who waits for an exclusive lock holds up every reader behind it. So it waits a tenth of a second, lets them
      pass, and asks again; after a minute it gives up and says who is in the way. -#}
  do $patiently$
  declare
      give_up_at timestamp with time zone := clock_timestamp() + interval '{{ var('lock_wait_seconds', 60) }} seconds';
      lock_timeout_before text := current_setting('lock_timeout');
      in_the_way text;
  begin
      loop
          begin
              perform set_config('lock_timeout', '100ms', true);
              execute {{ sql_list([statement]) }};
              perform set_config('lock_timeout', lock_timeout_before, true);
              exit;
          exception when lock_not_available or deadlock_detected then
              if clock_timestamp() > give_up_at then
                  select string_agg(distinct format('pid %s (%s)', locks.pid, activity.application_name), ', ')
                  into in_the_way
                  from pg_locks as locks
                  join pg_stat_activity as activity on activity.pid = locks.pid
                  where
                      locks.granted
                      and locks.pid <> pg_backend_pid()
                      and locks.relation in (
                          select relid from pg_partition_tree({{ sql_list([relation.include(database=false) | string]) }}::regclass)
                      );
                  raise lock_not_available using message = format(
                      '%s was in use all the time and could not be altered; in the way: %s',
                      {{ sql_list([relation.include(database=false) | string | replace('"', '')]) }},
                      coalesce(in_the_way, 'nobody any more')
                  );
              end if;
          end;
          perform pg_sleep(0.4);
      end loop;
  end
  $patiently$
{%- endmacro %}
