package main

import (
	"time"

	apps "k8s.io/api/apps/v1"
	authentication "k8s.io/api/authentication/v1"
	authorization "k8s.io/api/authorization/v1"
	batch "k8s.io/api/batch/v1"
	coordination "k8s.io/api/coordination/v1"
	core "k8s.io/api/core/v1"
	events "k8s.io/api/events/v1"
	policy "k8s.io/api/policy/v1"
	rbac "k8s.io/api/rbac/v1"
	storage "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func ptr[T any](value T) *T { return &value }

// One object of each shape that kubectl and the sidecars send, with the awkward fields filled.
func exampleObjects() []runtime.Object {
	at := meta.NewTime(time.Date(2026, 11, 23, 10, 20, 30, 0, time.UTC))
	micro := meta.NewMicroTime(time.Date(2026, 11, 23, 10, 20, 30, 123456000, time.UTC))
	named := meta.ObjectMeta{
		Name: "example", Namespace: "default", Labels: map[string]string{"app": "x", "empty": ""},
		Annotations: map[string]string{"text": "ü"}, Finalizers: []string{"a/b"}, CreationTimestamp: at, Generation: 7,
		DeletionGracePeriodSeconds: ptr(int64(0)),
		OwnerReferences:            []meta.OwnerReference{{APIVersion: "v1", Kind: "Pod", Name: "p", UID: "u", Controller: ptr(true)}},
	}
	template := core.PodTemplateSpec{
		ObjectMeta: meta.ObjectMeta{Labels: map[string]string{"app": "x"}},
		Spec: core.PodSpec{
			Containers: []core.Container{{
				Name: "c", Image: "i", Command: []string{"sh", "-c", ""}, Ports: []core.ContainerPort{{ContainerPort: 80}},
				Resources:     core.ResourceRequirements{Requests: core.ResourceList{"cpu": resource.MustParse("100m")}},
				Env:           []core.EnvVar{{Name: "A", Value: "b"}, {Name: "EMPTY"}},
				LivenessProbe: &core.Probe{ProbeHandler: core.ProbeHandler{HTTPGet: &core.HTTPGetAction{Port: intstr.FromString("http")}}},
				VolumeMounts:  []core.VolumeMount{{Name: "data", MountPath: "/data"}},
			}},
			Volumes: []core.Volume{
				{Name: "data", VolumeSource: core.VolumeSource{PersistentVolumeClaim: &core.PersistentVolumeClaimVolumeSource{ClaimName: "d"}}},
				{Name: "none", VolumeSource: core.VolumeSource{EmptyDir: &core.EmptyDirVolumeSource{}}},
			},
			TerminationGracePeriodSeconds: ptr(int64(0)),
			Tolerations:                   []core.Toleration{{Key: "k", Operator: "Exists", TolerationSeconds: ptr(int64(-1))}},
		},
	}
	class := "fast"
	claim := core.PersistentVolumeClaimSpec{
		AccessModes: []core.PersistentVolumeAccessMode{"ReadWriteOnce"}, StorageClassName: &class,
		Resources: core.VolumeResourceRequirements{Requests: core.ResourceList{"storage": resource.MustParse("1.5Gi")}},
	}
	return []runtime.Object{
		&core.Namespace{ObjectMeta: meta.ObjectMeta{Name: "example"}},
		&core.Pod{ObjectMeta: named, Spec: template.Spec},
		&core.ConfigMap{ObjectMeta: named, Data: map[string]string{"k": "v"}, BinaryData: map[string][]byte{"b": {0, 255}}},
		&core.Secret{ObjectMeta: named, Type: "Opaque", Data: map[string][]byte{"k": []byte("secret"), "none": {}}},
		&core.ServiceAccount{ObjectMeta: named},
		&core.Event{ObjectMeta: named, InvolvedObject: core.ObjectReference{Kind: "Pod", Name: "p"}, Reason: "R", Count: 3, FirstTimestamp: at, EventTime: micro},
		&events.Event{ObjectMeta: named, EventTime: micro, Regarding: core.ObjectReference{Kind: "Pod"}, Note: "n", Series: &events.EventSeries{Count: 2, LastObservedTime: micro}},
		&core.PersistentVolumeClaim{ObjectMeta: named, Spec: claim},
		&core.PersistentVolume{ObjectMeta: named, Spec: core.PersistentVolumeSpec{
			Capacity:               core.ResourceList{"storage": resource.MustParse("10Gi")},
			PersistentVolumeSource: core.PersistentVolumeSource{CSI: &core.CSIPersistentVolumeSource{Driver: "d", VolumeHandle: "h", VolumeAttributes: map[string]string{"a": "b"}}},
			ClaimRef:               &core.ObjectReference{Namespace: "default", Name: "d", UID: "u"},
			NodeAffinity: &core.VolumeNodeAffinity{Required: &core.NodeSelector{NodeSelectorTerms: []core.NodeSelectorTerm{{
				MatchExpressions: []core.NodeSelectorRequirement{{Key: "k", Operator: "In", Values: []string{"n"}}}}}}},
		}},
		&core.ResourceQuota{ObjectMeta: named, Spec: core.ResourceQuotaSpec{Hard: core.ResourceList{"pods": resource.MustParse("3")}}},
		&apps.Deployment{ObjectMeta: named, Spec: apps.DeploymentSpec{
			Replicas: ptr(int32(0)), Selector: &meta.LabelSelector{MatchLabels: map[string]string{"app": "x"}}, Template: template,
			Strategy: apps.DeploymentStrategy{RollingUpdate: &apps.RollingUpdateDeployment{MaxSurge: ptr(intstr.FromInt32(2)), MaxUnavailable: ptr(intstr.FromString("25%"))}},
		}},
		&batch.Job{ObjectMeta: named, Spec: batch.JobSpec{Template: template, BackoffLimit: ptr(int32(4))}},
		&batch.CronJob{ObjectMeta: named, Spec: batch.CronJobSpec{Schedule: "* * * * *", JobTemplate: batch.JobTemplateSpec{Spec: batch.JobSpec{Template: template}}}},
		&coordination.Lease{ObjectMeta: named, Spec: coordination.LeaseSpec{HolderIdentity: &class, LeaseDurationSeconds: ptr(int32(15)), RenewTime: &micro}},
		&rbac.Role{ObjectMeta: named, Rules: []rbac.PolicyRule{{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"pods"}}}},
		&rbac.ClusterRoleBinding{ObjectMeta: named, RoleRef: rbac.RoleRef{Kind: "ClusterRole", Name: "view"}, Subjects: []rbac.Subject{{Kind: "User", Name: "u"}}},
		&policy.PodDisruptionBudget{ObjectMeta: named, Spec: policy.PodDisruptionBudgetSpec{MinAvailable: ptr(intstr.FromInt32(0))}},
		&policy.Eviction{ObjectMeta: named, DeleteOptions: &meta.DeleteOptions{GracePeriodSeconds: ptr(int64(0))}},
		&storage.CSIStorageCapacity{ObjectMeta: named, StorageClassName: "fast", Capacity: ptr(resource.MustParse("0")), NodeTopology: &meta.LabelSelector{}},
		&storage.StorageClass{ObjectMeta: named, Provisioner: "p", Parameters: map[string]string{"a": ""}, AllowVolumeExpansion: ptr(false)},
		&storage.CSINode{ObjectMeta: named, Spec: storage.CSINodeSpec{Drivers: []storage.CSINodeDriver{{Name: "d", NodeID: "n", TopologyKeys: []string{"k"}}}}},
		&meta.DeleteOptions{GracePeriodSeconds: ptr(int64(0)), PropagationPolicy: ptr(meta.DeletePropagationForeground), Preconditions: &meta.Preconditions{}},
		&authentication.TokenRequest{Spec: authentication.TokenRequestSpec{Audiences: []string{"a"}, ExpirationSeconds: ptr(int64(3600))}},
		&authentication.TokenReview{Spec: authentication.TokenReviewSpec{Token: "t"}},
		&authentication.SelfSubjectReview{},
		&authorization.SelfSubjectAccessReview{Spec: authorization.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorization.ResourceAttributes{Verb: "get", Resource: "pods"}}},
		&authorization.SubjectAccessReview{Spec: authorization.SubjectAccessReviewSpec{User: "u", Extra: map[string]authorization.ExtraValue{"k": {"a", "b"}}}},
	}
}
