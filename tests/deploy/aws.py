"""Stacks made on moto, and what moto's CloudFormation leaves out made there by the services' own
calls, whose parameters botocore checks against AWS's models."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.cloudformation.models import cloudformation_backends
from moto.cloudformation.parsing import clean_json

from tests.deploy.dockerfiles import DEPLOY

ACCOUNT = "123456789012"
REGION = "eu-central-1"
Properties = dict[str, Any]


@contextmanager
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty account."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        yield


class Stack:
    """A stack made of a template in deploy/.

    Attributes:
        names: logical id to physical id of what moto's CloudFormation made.
        left_out: logical id to type and properties, with all references resolved, of what it did
            not.
    """

    def __init__(self, file: str, name: str, parameters: Mapping[str, str]) -> None:
        template = (DEPLOY / file).read_text("utf-8")
        client = boto3.client("cloudformation")
        client.create_stack(
            StackName=name,
            TemplateBody=template,
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
            ],
            Capabilities=["CAPABILITY_IAM"],
        )
        backend = cloudformation_backends[ACCOUNT][REGION]
        self._resources = backend.get_stack(name).resource_map
        stack = client.describe_stacks(StackName=name)["Stacks"][0]
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        self.outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
        self.template = backend.get_stack(name).template_dict
        self.names: dict[str, str] = {}
        self.left_out: dict[str, tuple[str, Properties]] = {}
        for logical, resource in self.template["Resources"].items():
            made = self._resources._parsed_resources.get(logical)
            if not self._is_wanted(resource):
                continue
            if getattr(made, "physical_resource_id", None):
                self.names[logical] = made.physical_resource_id
            else:
                self.left_out[logical] = (resource["Type"], self._resolved(resource))

    def _is_wanted(self, resource: Mapping[str, Any]) -> bool:
        condition = resource.get("Condition")
        return condition is None or bool(self._resources.lazy_condition_map[condition])

    def _resolved(self, resource: Mapping[str, Any]) -> Properties:
        return _without_nothing(clean_json(resource.get("Properties", {}), self._resources))

    def resolved(self, logical: str) -> Properties:
        """The properties of one resource."""
        return self._resolved(self.template["Resources"][logical])


def _without_nothing(value: Any) -> Any:
    """moto leaves None where AWS::NoValue stood in a list."""
    if isinstance(value, dict):
        return {name: _without_nothing(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_without_nothing(one) for one in value if one is not None]
    return value


def camel(value: Any) -> Any:
    """Names as the developer tools' calls have them: the first letter small."""
    if isinstance(value, dict):
        return {name[0].lower() + name[1:]: camel(one) for name, one in value.items()}
    return [camel(one) for one in value] if isinstance(value, list) else value


def make_schedule(name: str, properties: Properties) -> Properties:
    """By the scheduler's own call; what it knows then."""
    client = boto3.client("scheduler")
    network = properties["Target"]["EcsParameters"]["NetworkConfiguration"]
    network["awsvpcConfiguration"] = network.pop("AwsvpcConfiguration")
    client.create_schedule(Name=name, **properties)
    return client.get_schedule(Name=name)


def make_alarm(name: str, properties: Properties) -> Properties:
    """By CloudWatch's own call; what it knows then."""
    client = boto3.client("cloudwatch")
    properties["EvaluationPeriods"] = int(properties["EvaluationPeriods"])
    client.put_metric_alarm(AlarmName=name, **properties)
    return client.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]


def make_subscription(name: str, properties: Properties) -> Properties:
    """By SNS's own call."""
    client = boto3.client("sns")
    arn = client.subscribe(ReturnSubscriptionArn=True, **properties)["SubscriptionArn"]
    return client.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]


def make_topic_policy(name: str, properties: Properties) -> Properties:
    """By SNS's own call."""
    client = boto3.client("sns")
    [topic] = properties["Topics"]
    policy = json.dumps(properties["PolicyDocument"])
    client.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    return json.loads(client.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])


def make_bucket_policy(name: str, properties: Properties) -> Properties:
    """By S3's own call."""
    client = boto3.client("s3")
    policy = json.dumps(properties["PolicyDocument"])
    client.put_bucket_policy(Bucket=properties["Bucket"], Policy=policy)
    return json.loads(client.get_bucket_policy(Bucket=properties["Bucket"])["Policy"])


def make_build(name: str, properties: Properties) -> Properties:
    """By CodeBuild's own call."""
    client = boto3.client("codebuild")
    given = camel(properties)
    # CloudFormation spells it out, the call does not
    given["source"]["buildspec"] = given["source"].pop("buildSpec")
    # moto asks for places even where the pipeline knows them; AWS does not
    for part in ("source", "artifacts"):
        given[part].setdefault("location", "given-by-the-pipeline")
    client.create_project(name=name, **given)
    return client.batch_get_projects(names=[name])["projects"][0]


def make_pipeline(name: str, properties: Properties) -> Properties:
    """By CodePipeline's own call; configurations keep their names."""
    client = boto3.client("codepipeline")
    given = camel(properties)
    for stage, before in zip(given["stages"], properties["Stages"], strict=True):
        for action, original in zip(stage["actions"], before["Actions"], strict=True):
            action["configuration"] = original["Configuration"]
    client.create_pipeline(pipeline={"name": name, "version": 1, **given})
    return client.get_pipeline(name=name)["pipeline"]


def make_task(properties: Properties) -> Properties:
    """By ECS' own call, for moto's CloudFormation drops half of it."""
    client = boto3.client("ecs")
    given = camel(properties)
    given["ephemeralStorage"] = {"sizeInGiB": int(given["ephemeralStorage"]["sizeInGiB"])}
    return client.register_task_definition(**given)["taskDefinition"]


MAKERS = {
    "AWS::Scheduler::Schedule": make_schedule,
    "AWS::CloudWatch::Alarm": make_alarm,
    "AWS::SNS::Subscription": make_subscription,
    "AWS::SNS::TopicPolicy": make_topic_policy,
    "AWS::S3::BucketPolicy": make_bucket_policy,
    "AWS::CodeBuild::Project": make_build,
    "AWS::CodePipeline::Pipeline": make_pipeline,
}


def make_the_rest(stack: Stack) -> dict[str, Properties]:
    """Make what moto's CloudFormation left out; what the services know of each then."""
    return {
        logical: MAKERS[kind](logical, properties)
        for logical, (kind, properties) in stack.left_out.items()
    }
