{% macro input_columns() -%}
  {#- what the setting of each input names: its keys, whether they must be there, and what a column may hold -#}
  {%- set moment = ['timestamp with time zone', 'timestamp without time zone', 'date'] -%}
  {%- set number = ['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision'] -%}
  {{ return({
    'orders': {
      'user_id': {'required': true}, 'timestamp': {'required': true, 'types': moment},
      'value': {'required': true, 'types': number}, 'currency': {'required': false},
    },
    'ad_spend': {
      'date': {'required': true, 'types': moment}, 'source': {'required': true}, 'campaign': {'required': true},
      'cost': {'required': true, 'types': number}, 'channel': {'required': false}, 'currency': {'required': false},
    },
    'self_reports': {
      'user_id': {'required': true}, 'answer': {'required': true}, 'timestamp': {'required': false, 'types': moment},
    },
  }) }}
{%- endmacro %}
