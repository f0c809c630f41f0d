"""A node with GPUs looks as the vendors' own programs make it look."""

import pytest

from lab.gpus import Gpus

MIG = Gpus("nvidia.com/mig-1g.18gb", 7, "NVIDIA-H200-MIG-1g.18gb", 16384)


@pytest.mark.parametrize(
    ("gpus", "labels"),
    [
        pytest.param(
            Gpus(),
            {
                "nvidia.com/gpu.present": "true",
                "nvidia.com/gpu.product": "NVIDIA-H200",
                "nvidia.com/gpu.memory": "143771",
                "nvidia.com/gpu.count": "8",
            },
            id="whole-gpus",
        ),
        pytest.param(
            MIG,
            {
                "nvidia.com/gpu.present": "true",
                "nvidia.com/gpu.product": "NVIDIA-H200",
                "nvidia.com/mig-1g.18gb.product": "NVIDIA-H200-MIG-1g.18gb",
                "nvidia.com/mig-1g.18gb.memory": "16384",
                "nvidia.com/mig-1g.18gb.count": "7",
            },
            id="mig-slices-of-one-kind",
        ),
        pytest.param(
            Gpus("amd.com/gpu", 4, "AMD_Instinct_MI300X_OAM", 196608),
            {"amd.com/gpu.product-name": "AMD_Instinct_MI300X_OAM", "amd.com/gpu.vram": "192G"},
            id="amd",
        ),
        pytest.param(Gpus("example.com/vgpu"), {}, id="vendor-without-labels"),
    ],
)
def test_node_bears_the_labels_of_its_vendor(gpus: Gpus, labels: dict[str, str]) -> None:
    assert gpus.labels == labels


def test_taint_is_keyed_by_the_resource() -> None:
    assert MIG.taints == [{"key": "nvidia.com/mig-1g.18gb", "effect": "NoSchedule"}]


def test_untainted_node_takes_all() -> None:
    assert Gpus(tainted=False).taints == []
