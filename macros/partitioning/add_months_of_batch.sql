{% macro add_months_of_batch() -%}
  {#- Months that this batch is the first to bring something to are made, and committed with the batch, before any row goes
      there: PostgreSQL looks up the months of a table when it plans a query and takes the snapshot a moment later, so
      who is caught between the two would miss a month that comes together with its rows. Every partitioned table gets
      them, and the gaps in it that app_tracks does not have: what happened in a month, and a link that comes years later,
      may begin a session in it, be a signup or make somebody of it a user. -#}
  {%- if execute and is_incremental() -%}
    {%- set models = {} -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.config.meta.get('partition_by') -%}
      {%- do models.update({(node.schema, node.alias): node.config.meta}) -%}
    {%- endfor -%}
    {%- set lacking = run_query(lacking_months(models, this)) -%}
    {%- if lacking -%}
      {#- events and calls arrive side by side: the one that comes second finds what the first has made -#}
      {%- do run_statement("select pg_advisory_xact_lock(hashtextextended('segment_attribution: months', 0))") -%}
      {%- set lacking = run_query(lacking_months(models, this)) -%}
    {%- endif -%}
    {%- for row in lacking -%}
      {%- set table = api.Relation.create(database=target.database, schema=row[0], identifier=row[1], type='table') -%}
      {%- do add_month(table, row[2], meta=models[(row[0], row[1])]) -%}
    {%- endfor -%}
  {%- endif -%}
  select 1
{%- endmacro %}
