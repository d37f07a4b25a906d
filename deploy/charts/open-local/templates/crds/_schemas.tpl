{{- /* Schema fragments that both CRDs share. Bounds keep the CEL rules inside the API server's cost budget. */ -}}

{{- /* Kubernetes keeps what is annotated when the release is uninstalled: with a CRD all its objects would go. */ -}}
{{- define "open-local.crd-metadata" -}}
labels: {{- include "open-local.labels" . | nindent 2 }}
annotations:
  helm.sh/resource-policy: keep
{{- end -}}

{{- define "open-local.schema.expressions" -}}
type: array
maxItems: 50
items:
  type: string
  minLength: 1
  maxLength: 512
  x-kubernetes-validations:
    # CEL's matches() is RE2, the very dialect. An expression that does not parse fails the rule, and the error says why.
    - rule: "''.matches(self) ? true : true"
      message: must be a regular expression in RE2 syntax (https://github.com/google/re2/wiki/Syntax)
{{- end -}}

{{- define "open-local.schema.selection" -}}
type: object
properties:
  include: {{- include "open-local.schema.expressions" . | nindent 4 }}
  exclude: {{- include "open-local.schema.expressions" . | nindent 4 }}
{{- end -}}

{{- define "open-local.schema.mount-path" -}}
type: string
minLength: 1
maxLength: 128
pattern: ^(/[^/ ]*)+/?$
{{- end -}}

{{- /* spdkConfig, listConfig, resourceToBeInited: what an init config resolves for a node. */ -}}
{{- define "open-local.schema.blocks" -}}
spdkConfig:
  type: object
  properties:
    deviceType: { type: string, maxLength: 8 }
    rpcSocket: { type: string, maxLength: 128 }
listConfig:
  description: What of the node is offered to the scheduler. Without an include nothing is; an exclude always wins.
  type: object
  properties:
    vgs:
      description: RE2 expressions over VolumeGroup names; one selects a name when it matches the whole of it.
      {{- include "open-local.schema.selection" . | nindent 6 }}
    mountPoints:
      description: RE2 expressions over mount paths.
      {{- include "open-local.schema.selection" . | nindent 6 }}
    devices:
      description: RE2 expressions over device names, e.g. /dev/sd[b-z].
      {{- include "open-local.schema.selection" . | nindent 6 }}
resourceToBeInited:
  description: What to make on the node, on provably blank devices only.
  type: object
  properties:
    vgs:
      type: array
      maxItems: 50
      # One entry for each name.
      x-kubernetes-list-type: map
      x-kubernetes-list-map-keys: [name]
      items:
        type: object
        required: [name, devices]
        properties:
          name:
            description: "VolumeGroup name: letters, digits and + _ . -, not starting with -."
            type: string
            minLength: 1
            maxLength: 127
            pattern: ^\.{0,2}[A-Za-z0-9_+][A-Za-z0-9_+.-]*$
          devices:
            type: array
            minItems: 1
            maxItems: 50
            items:
              type: string
              minLength: 1
              maxLength: 256
              # No step of the path is . or ..
              pattern: ^/dev(/\.{0,2}[A-Za-z0-9_+:@-][A-Za-z0-9_+.:@-]*)+$
    mountpoints:
      type: array
      maxItems: 50
      items:
        type: object
        required: [path, device]
        properties:
          path: {{- include "open-local.schema.mount-path" . | nindent 12 }}
          device: {{- include "open-local.schema.mount-path" . | nindent 12 }}
          fsType: { type: string, minLength: 1, maxLength: 128 }
          options:
            type: array
            maxItems: 64
            items: { type: string, maxLength: 256 }
{{- end -}}

{{- define "open-local.schema.conditions" -}}
type: array
maxItems: 16
x-kubernetes-list-type: map
x-kubernetes-list-map-keys: [type]
items:
  type: object
  required: [type, status, reason, message, lastTransitionTime]
  properties:
    type: { type: string, maxLength: 316 }
    status: { type: string, enum: ["True", "False", Unknown] }
    reason: { type: string, maxLength: 1024 }
    message: { type: string, maxLength: 32768 }
    lastTransitionTime: { type: string, format: date-time }
    observedGeneration: { type: integer, format: int64, minimum: 0 }
{{- end -}}
