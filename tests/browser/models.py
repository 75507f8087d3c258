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
    <bpmn:sequenceFlow id="f2" sourceRef="approve" targetRef="done"/>
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
