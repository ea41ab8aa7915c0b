{{- define "lienxa.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end }}
{{- end -}}

{{- define "lienxa.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- /* What selects the pods of one process. Takes (dict "root" $ "process" "web"), as all below do. */ -}}
{{- define "lienxa.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .process }}
{{- end -}}

{{- define "lienxa.claim" -}}
{{ .Values.data.existingClaim | default (printf "%s-data" (include "lienxa.name" .)) }}
{{- end -}}

{{- define "lienxa.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- /* The settings that are no secret. */ -}}
{{- define "lienxa.settings" -}}
- {name: LIENXA_PROFILE, value: production}
- {name: LIENXA_DATA, value: /data}
- {name: LIENXA_BIND, value: 0.0.0.0}
- {name: LIENXA_PORT, value: "8000"}
- {name: LIENXA_DEMO, value: "0"}
- {name: LIENXA_SCHEME, value: https}
- {name: LIENXA_BASE_DOMAIN, value: {{ .Values.address.baseDomain | quote }}}
- {name: LIENXA_SSO_HOST, value: {{ .Values.address.ssoHost | quote }}}
- {name: LIENXA_PUBLIC_PORT, value: {{ .Values.address.port | quote }}}
- {name: LIENXA_ISSUER_URL, value: {{ .Values.keycloak.url | quote }}}
- {name: LIENXA_ISSUER_SERVER_URL, value: {{ .Values.keycloak.serverUrl | quote }}}
- {name: LIENXA_REALM, value: {{ .Values.keycloak.realm | quote }}}
- {name: LIENXA_CLIENT_ID, value: {{ .Values.keycloak.clientId | quote }}}
- {name: LIENXA_PROVISIONER_CLIENT_ID, value: {{ .Values.keycloak.provisionerClientId | quote }}}
- {name: LIENXA_INVITE_BY_MAIL, value: {{ .Values.keycloak.inviteByMail | quote }}}
- {name: LIENXA_DB_POOL_SIZE, value: {{ .Values.database.poolSize | quote }}}
- {name: LIENXA_TELEMETRY, value: "off"}
- {name: LIENXA_OTLP_ENDPOINT, value: {{ .Values.telemetry.otlpEndpoint | quote }}}
- {name: LIENXA_TRACE_SAMPLE, value: {{ .Values.telemetry.traceSample | quote }}}
- {name: LIENXA_SMTP_HOST, value: {{ .Values.mail.host | quote }}}
- {name: LIENXA_SMTP_PORT, value: {{ .Values.mail.port | quote }}}
- {name: LIENXA_SMTP_SECURITY, value: {{ .Values.mail.security | quote }}}
- {name: LIENXA_SMTP_USER, value: {{ .Values.mail.user | quote }}}
- {name: LIENXA_MAIL_FROM, value: {{ .Values.mail.from | quote }}}
- {name: LIENXA_HEADS_TO, value: {{ .Values.mail.headsTo | quote }}}
{{- range $name, $value := .Values.settings }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end -}}

{{- /* One secret setting. Takes (dict "secret" "name" "key" "LIENXA_..." "optional" false). */ -}}
{{- define "lienxa.secret" -}}
- name: {{ .key }}
  valueFrom: {secretKeyRef: {name: {{ .secret | quote }}, key: {{ .key }}, optional: {{ .optional | default false }}}}
{{- end -}}

{{- /* The keys of the application. */ -}}
{{- define "lienxa.keys" -}}
{{- range $key := list "LIENXA_SECRET_KEY" "LIENXA_AUDIT_KEY" "LIENXA_CLIENT_SECRET" "LIENXA_PROVISIONER_CLIENT_SECRET" }}
{{ include "lienxa.secret" (dict "secret" $.Values.secrets.application "key" $key) }}
{{- end }}
{{- with .Values.secrets.oldKeys }}
{{- $old := . }}
{{- range $key := list "LIENXA_OLD_SECRET_KEYS" "LIENXA_OLD_AUDIT_KEYS" }}
{{ include "lienxa.secret" (dict "secret" $old "key" $key "optional" true) }}
{{- end }}
{{- end }}
{{- range $key := list "LIENXA_SMTP_PASSWORD" "LIENXA_METRICS_TOKEN" }}
{{ include "lienxa.secret" (dict "secret" $.Values.secrets.application "key" $key "optional" true) }}
{{- end }}
{{- end -}}

{{- /* The login of a process that serves organs, and PostgreSQL itself behind a pooler. */ -}}
{{- define "lienxa.login" -}}
{{ include "lienxa.secret" (dict "secret" .Values.secrets.databaseApp "key" "LIENXA_DB_APP_DSN") }}
{{- if .Values.database.pooled }}
{{ include "lienxa.secret" (dict "secret" .Values.secrets.databaseApp "key" "LIENXA_DB_DIRECT_DSN") }}
{{- end }}
{{- end -}}

{{- define "lienxa.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .Values.podSecurity.runAsUser }}
  runAsGroup: {{ .Values.podSecurity.fsGroup }}
  fsGroup: {{ .Values.podSecurity.fsGroup }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
volumes:
  - {name: tmp, emptyDir: {}}
  - {name: data, persistentVolumeClaim: {claimName: {{ include "lienxa.claim" . }}}}
{{- end -}}

{{- define "lienxa.container" -}}
image: {{ include "lienxa.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end -}}

{{- define "lienxa.mounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: data, mountPath: /data}
{{- end -}}

{{- /* Pods of one process on different nodes, where there are several. */ -}}
{{- define "lienxa.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{ include "lienxa.selector" . | nindent 8 }}
{{- end -}}
