import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { cacheKey, ensureCached } from './cache.ts'
import { REPOSITORY } from './paths.ts'
import type { Progress } from './progress.ts'

const KUBERNETES_VERSION = 'v1.36.3'
const CONTAINERD_VERSION = 'v2.4.2'

interface GoModule {
  /** Folder of go.mod, from the top of the checkout. */
  dir: string
  flags: string[]
  /** Name of the binary and its main package, in the order that compiles shared packages first. */
  binaries: [name: string, goPackage: string][]
}

const versionOf = 'k8s.io/component-base/version'

const MODULES: GoModule[] = [
  {
    dir: 'e2e/kubernetes',
    flags: [
      '-trimpath',
      '-ldflags',
      `-s -w -X ${versionOf}.gitVersion=${KUBERNETES_VERSION} -X ${versionOf}.gitMajor=1 -X ${versionOf}.gitMinor=36 -X ${versionOf}.gitTreeState=clean`,
    ],
    binaries: [
      ['etcd', 'go.etcd.io/etcd/server/v3'],
      ['kube-apiserver', 'k8s.io/kubernetes/cmd/kube-apiserver'],
      ['kubelet', 'k8s.io/kubernetes/cmd/kubelet'],
      ['kube-controller-manager', 'k8s.io/kubernetes/cmd/kube-controller-manager'],
      ['kube-scheduler', 'k8s.io/kubernetes/cmd/kube-scheduler'],
      ['kubectl', 'k8s.io/kubernetes/cmd/kubectl'],
      ['csi-provisioner', 'github.com/kubernetes-csi/external-provisioner/v6/cmd/csi-provisioner'],
    ],
  },
  {
    dir: 'e2e/containerd',
    flags: [
      '-trimpath',
      '-tags',
      'no_btrfs no_devmapper no_zfs no_gateway',
      '-ldflags',
      `-s -w -X github.com/containerd/containerd/v2/version.Version=${CONTAINERD_VERSION}`,
    ],
    binaries: [
      ['containerd', 'github.com/containerd/containerd/v2/cmd/containerd'],
      ['containerd-shim-runc-v2', 'github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2'],
      ['ctr', 'github.com/containerd/containerd/v2/cmd/ctr'],
    ],
  },
]

/**
 * A folder with the Kubernetes 1.36 and containerd binaries, compiled from the pinned Go modules when it is not cached.
 * The first time takes about 12 minutes on two cores. Throws one sentence when Go is missing or too old.
 */
export async function ensureKubernetesBinaries(progress: Progress): Promise<string> {
  return ensureCached({
    kind: 'kubernetes',
    key: await kubernetesBinariesKey(),
    keep: 2,
    build: async (dir) => {
      const go = await findGo()
      const total = MODULES.reduce((count, module) => count + module.binaries.length, 0)
      const step = progress.step(`compile Kubernetes ${KUBERNETES_VERSION} (once, about 12 minutes on two cores)`)
      let built = 0
      for (const module of MODULES) {
        for (const [name, goPackage] of module.binaries) {
          step.update(`${name}, ${++built} of ${total}`)
          await execa(go, ['build', ...module.flags, '-o', join(dir, name), goPackage], {
            cwd: join(REPOSITORY, module.dir),
            env: { GOTOOLCHAIN: 'local', CGO_ENABLED: '0' },
            stdin: 'ignore',
          })
        }
      }
      step.done(`${total} binaries`)
    },
  })
}

/** Changes with the pinned modules and the flags. */
export async function kubernetesBinariesKey(): Promise<string> {
  const inputs: string[] = []
  for (const module of MODULES) {
    for (const file of ['go.mod', 'go.sum']) inputs.push(await readFile(join(REPOSITORY, module.dir, file), 'utf8'))
    inputs.push(JSON.stringify(module))
  }
  return cacheKey(...inputs)
}

async function findGo(): Promise<string> {
  for (const go of ['go', '/usr/local/go/bin/go']) {
    const { stdout, failed } = await execa(go, ['env', 'GOVERSION'], { reject: false, env: { GOTOOLCHAIN: 'local' } })
    const minor = stdout?.match(/^go1\.(\d+)/)?.[1]
    if (!failed && Number(minor) >= 26) return go
  }
  throw new Error('Go 1.26 or newer is needed to compile Kubernetes once; get it from https://go.dev/dl/.')
}
