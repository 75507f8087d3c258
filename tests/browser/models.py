"""A small process of the browser tests: a request, approved by the legal group."""

import json

APPROVAL = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
    xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
    id="definitions" targetNamespace="http://tests">
  <bpmn:process id="request" name="申请" isExecutable="true">
    <bpmn:extensionElements><camunda:properties>
      <camunda:property name="name:en" value="Request"/>
      <camunda:property name="inbox:summary" value="title"/>
    </camunda:properties></bpmn:extensionElements>
    <bpmn:startEvent id="begin" camunda:formRef="request_form" camunda:formRefBinding="latest"/>
    <bpmn:sequenceFlow id="f1" sourceRef="begin" targetRef="approve"/>
    <bpmn:userTask id="approve" name="审批申请" camunda:candidateGroups="legal" camunda:formRef="decision_form"
        camunda:formRefBinding="latest">
      <bpmn:extensionElements><camunda:properties>
        <camunda:property name="name:en" value="Approve the request"/>
      </camunda:properties></bpmn:extensionElements>
    </bpmn:userTask>
    <bpmn:sequenceFlow id="f2" name="已决定" sourceRef="approve" targetRef="done">
      <bpmn:extensionElements><camunda:properties>
        <camunda:property name="name:en" value="Decided"/>
      </camunda:properties></bpmn:extensionElements>
    </bpmn:sequenceFlow>
    <bpmn:endEvent id="done"/>
  </bpmn:process>
  <bpmndi:BPMNDiagram id="diagram"><bpmndi:BPMNPlane id="plane" bpmnElement="request">
    <bpmndi:BPMNShape id="s1" bpmnElement="begin"><dc:Bounds x="100" y="100" width="36" height="36"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="s2" bpmnElement="approve">
      <dc:Bounds x="200" y="78" width="100" height="80"/>
    </bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="s3" bpmnElement="done"><dc:Bounds x="360" y="100" width="36" height="36"/></bpmndi:BPMNShape>
    <bpmndi:BPMNEdge id="e1" bpmnElement="f1">
      <di:waypoint x="136" y="118"/><di:waypoint x="200" y="118"/>
    </bpmndi:BPMNEdge>
    <bpmndi:BPMNEdge id="e2" bpmnElement="f2">
      <di:waypoint x="300" y="118"/><di:waypoint x="360" y="118"/>
    </bpmndi:BPMNEdge>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</bpmn:definitions>
"""


def form(key: str, *components: dict[str, object]) -> bytes:
    """Return a form-js schema."""
    return json.dumps({"type": "default", "id": key, "schemaVersion": 19, "components": components}).encode()


TITLE: dict[str, object] = {
    "type": "textfield",
    "id": "title_field",
    "key": "title",
    "label": "标题",
    "properties": {"label:en": "Title"},
}

FILES = {
    "request.bpmn": APPROVAL.encode(),
    "request_form.form": form(
        "request_form",
        TITLE | {"validate": {"required": True}},
        {
            "type": "number",
            "id": "amount_field",
            "key": "amount",
            "label": "金额",
            "serializeToString": True,
            "validate": {"min": 1},
            "properties": {"label:en": "Amount"},
        },
        {
            "type": "filepicker",
            "id": "file_field",
            "key": "attachment",
            "label": "附件",
            "properties": {"label:en": "Attachment"},
        },
    ),
    "decision_form.form": form(
        "decision_form",
        TITLE | {"readonly": True},
        {
            "type": "radio",
            "id": "decision_field",
            "key": "decision",
            "label": "决定",
            "properties": {"label:en": "Decision", "option:approve:en": "Approve", "option:reject:en": "Reject"},
            "values": [{"label": "同意", "value": "approve"}, {"label": "拒绝", "value": "reject"}],
            "validate": {"required": True},
        },
    ),
}

LEAVE = APPROVAL
for old, new in (
    ('process id="request" name="申请"', 'process id="leave" name="请假"'),
    ('bpmnElement="request"', 'bpmnElement="leave"'),
    ('value="Request"', 'value="Leave"'),
    ('name="审批申请"', 'name="审批请假"'),
    (
        '<camunda:property name="name:en" value="Approve the request"/>',
        '<camunda:property name="name:en" value="Approve the leave"/>'
        '<camunda:property name="approval:bulk" value="true"/>',
    ),
):
    assert old in LEAVE
    LEAVE = LEAVE.replace(old, new)
FILES["leave.bpmn"] = LEAVE.encode()  # the same, and its step may be decided for many at once

EXPENSE = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
    xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="expense_definitions" targetNamespace="http://tests">
  <bpmn:process id="expense" name="费用报销" isExecutable="true">
    <bpmn:extensionElements><camunda:properties>
      <camunda:property name="name:en" value="Expense claim"/>
      <camunda:property name="inbox:summary" value="title,amount"/>
    </camunda:properties></bpmn:extensionElements>
    <bpmn:startEvent id="begin" camunda:formRef="request_form" camunda:formRefBinding="latest"/>
    <bpmn:userTask id="prepare" name="填写报销单" camunda:assignee="${initiator}" camunda:formRef="request_form"
        camunda:formRefBinding="latest">
      <bpmn:extensionElements><camunda:properties>
        <camunda:property name="name:en" value="Prepare the claim"/>
        <camunda:property name="approval:submitter" value="true"/>
      </camunda:properties></bpmn:extensionElements>
    </bpmn:userTask>
    <bpmn:userTask id="sign" name="会签" camunda:formRef="decision_form" camunda:formRefBinding="latest">
      <bpmn:extensionElements><camunda:properties>
        <camunda:property name="name:en" value="Countersign"/>
        <camunda:property name="documentation:en" value="Three people have to agree."/>
        <camunda:property name="approver:by" value="user"/>
        <camunda:property name="approver:of" value="wang.lei,li.na,sun.hao"/>
        <camunda:property name="approval:mode" value="all"/>
        <camunda:property name="outcome:variable" value="decision"/>
        <camunda:property name="approval:opinion" value="on_reject"/>
        <camunda:property name="approval:reasons" value="price:价格太高;terms:条款不符"/>
        <camunda:property name="approval:reasons:en" value="price:Too expensive;terms:Terms do not fit"/>
        <camunda:property name="sla:due" value="PT6H"/>
      </camunda:properties></bpmn:extensionElements>
    </bpmn:userTask>
    <bpmn:exclusiveGateway id="agreed" default="to_director"/>
    <bpmn:userTask id="director" name="总监签字">
      <bpmn:extensionElements><camunda:properties>
        <camunda:property name="name:en" value="Director signs"/>
        <camunda:property name="approver:by" value="user"/>
        <camunda:property name="approver:of" value="xu.lan"/>
        <camunda:property name="outcome:variable" value="director_decision"/>
        <camunda:property name="approval:signature" value="required"/>
      </camunda:properties></bpmn:extensionElements>
    </bpmn:userTask>
    <bpmn:endEvent id="paid"/>
    <bpmn:sequenceFlow id="e1" sourceRef="begin" targetRef="prepare"/>
    <bpmn:sequenceFlow id="e2" sourceRef="prepare" targetRef="sign"/>
    <bpmn:sequenceFlow id="e3" sourceRef="sign" targetRef="agreed"/>
    <bpmn:sequenceFlow id="back" sourceRef="agreed" targetRef="prepare">
      <bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">${sign_outcome == 'reject'}</bpmn:conditionExpression>
    </bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="to_director" sourceRef="agreed" targetRef="director"/>
    <bpmn:sequenceFlow id="e5" sourceRef="director" targetRef="paid"/>
  </bpmn:process>
  <bpmndi:BPMNDiagram id="expense_diagram"><bpmndi:BPMNPlane id="expense_plane" bpmnElement="expense">
    <bpmndi:BPMNShape id="x1" bpmnElement="begin"><dc:Bounds x="100" y="100" width="36" height="36"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="x2" bpmnElement="prepare">
      <dc:Bounds x="190" y="78" width="100" height="80"/>
    </bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="x3" bpmnElement="sign"><dc:Bounds x="340" y="78" width="100" height="80"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="x4" bpmnElement="agreed"><dc:Bounds x="490" y="93" width="50" height="50"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="x5" bpmnElement="director">
      <dc:Bounds x="590" y="78" width="100" height="80"/>
    </bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="x6" bpmnElement="paid"><dc:Bounds x="740" y="100" width="36" height="36"/></bpmndi:BPMNShape>
    <bpmndi:BPMNEdge id="y1" bpmnElement="e1">
      <di:waypoint x="136" y="118"/><di:waypoint x="190" y="118"/>
    </bpmndi:BPMNEdge>
    <bpmndi:BPMNEdge id="y2" bpmnElement="e2">
      <di:waypoint x="290" y="118"/><di:waypoint x="340" y="118"/>
    </bpmndi:BPMNEdge>
    <bpmndi:BPMNEdge id="y3" bpmnElement="e3">
      <di:waypoint x="440" y="118"/><di:waypoint x="490" y="118"/>
    </bpmndi:BPMNEdge>
    <bpmndi:BPMNEdge id="y4" bpmnElement="back">
      <di:waypoint x="515" y="143"/><di:waypoint x="515" y="210"/><di:waypoint x="240" y="210"/>
      <di:waypoint x="240" y="158"/>
    </bpmndi:BPMNEdge>
    <bpmndi:BPMNEdge id="y5" bpmnElement="to_director">
      <di:waypoint x="540" y="118"/><di:waypoint x="590" y="118"/>
    </bpmndi:BPMNEdge>
    <bpmndi:BPMNEdge id="y6" bpmnElement="e5">
      <di:waypoint x="690" y="118"/><di:waypoint x="740" y="118"/>
    </bpmndi:BPMNEdge>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</bpmn:definitions>
"""
FILES["expense.bpmn"] = EXPENSE.encode()
