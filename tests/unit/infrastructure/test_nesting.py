"""How template.yaml nests the gateway's stack: off on a laptop, and complete where it is on."""

from __future__ import annotations

from typing import Any

from tests.template_rules.template import FUNCTION, ROLE, ROOT, Template, referred

APPLICATION = Template.read()
GATEWAY = Template.read(ROOT / "infrastructure" / "gateway.yaml")
NESTED = APPLICATION.document["Resources"]["ModelGateway"]
GIVEN: dict[str, Any] = NESTED["Properties"]["Parameters"]


def test_it_is_off_unless_asked_for() -> None:
    assert APPLICATION.document["Parameters"]["DeployGateway"]["Default"] == "false"
    assert APPLICATION.document["Conditions"]["HasGateway"] == {"Fn::Equals": [{"Ref": "DeployGateway"}, "true"]}
    assert NESTED["Condition"] == "HasGateway"


def test_a_laptop_names_none_of_its_parameters() -> None:
    passed = {referred(value) for value in GIVEN.values()} & set(APPLICATION.document["Parameters"])
    needed = {name for name in passed if "Default" not in APPLICATION.document["Parameters"][name]}
    assert needed == {"GatewaySecretArn"}  # which a laptop has too


def test_every_parameter_that_it_needs_is_passed_and_no_other() -> None:
    known = GATEWAY.document["Parameters"]
    assert set(GIVEN) <= set(known)
    assert {name for name, parameter in known.items() if "Default" not in parameter} <= set(GIVEN)


def test_what_is_passed_exists() -> None:
    known = {*APPLICATION.document["Parameters"], "AWS::StackName"}
    assert {name: referred(value) for name, value in GIVEN.items() if referred(value) not in known} == {}


def test_its_template_is_where_sam_looks_for_it() -> None:
    assert (ROOT / NESTED["Properties"]["TemplateURL"]).is_file()


def test_the_functions_move_into_its_network_together_with_it() -> None:
    condition, attached, otherwise = APPLICATION.document["Globals"]["Function"]["VpcConfig"]["Fn::If"]
    assert (condition, otherwise) == ("HasGateway", {"Ref": "AWS::NoValue"})
    used = [attached["SecurityGroupIds"][0], attached["SubnetIds"]["Fn::Split"][1]]
    names = [value["Fn::GetAtt"][1].removeprefix("Outputs.") for value in used]
    assert names == ["FunctionsSecurityGroupId", "FunctionsSubnetIds"]
    assert set(names) <= set(GATEWAY.document["Outputs"])


def test_every_function_may_be_in_a_network_before_it_is_there() -> None:
    policy = APPLICATION.document["Resources"]["NetworkPolicy"]
    roles = {referred(APPLICATION.properties(function)["Role"]) for function in APPLICATION.of_type(FUNCTION)}
    assert {referred(role) for role in policy["Properties"]["Roles"]} == roles
    assert roles <= set(APPLICATION.of_type(ROLE))
    assert policy["Condition"] == "HasGateway"
    # The functions refer to the nested stack's outputs, so they come after the policy too.
    assert NESTED["DependsOn"] == "NetworkPolicy"


def test_outputs_of_the_gateway_exist_only_with_it() -> None:
    for name, output in APPLICATION.document["Outputs"].items():
        if "ModelGateway" in str(output["Value"]):
            assert output["Condition"] == "HasGateway", name
            assert output["Value"]["Fn::GetAtt"][1].removeprefix("Outputs.") in GATEWAY.document["Outputs"]
