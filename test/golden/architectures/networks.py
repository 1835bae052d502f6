"""The 17 networks in torchvision with TIAToolbox's changes: what is dropped, the global pool, no ReLU behind DenseNet, softmax."""
import torch
import torchvision.models as models

NAMES = (
    "alexnet resnet18 resnet34 resnet50 resnet101 resnext50_32x4d resnext101_32x8d wide_resnet50_2 wide_resnet101_2 "
    "densenet121 densenet161 densenet169 densenet201 mobilenet_v2 mobilenet_v3_large mobilenet_v3_small googlenet"
).split()


class Network(torch.nn.Module):
    """The state dict of this has TIAToolbox's keys."""

    def __init__(self, name, classes):
        super().__init__()
        options = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
        whole = getattr(models, name)(weights=None, **options)
        if name.startswith(("alexnet", "densenet", "mobilenet")):
            self.feat_extract = whole.features
        else:
            self.feat_extract = torch.nn.Sequential(*list(whole.children())[: -3 if name == "googlenet" else -2])
        self.pool = torch.nn.AdaptiveAvgPool2d((1, 1))
        with torch.no_grad():
            width = self.feat_extract.eval()(torch.zeros(1, 3, 64, 64)).shape[1]
        self.classifier = torch.nn.Linear(width, classes)
        self.eval()

    def features(self, pictures):
        """uint8 NHWC, as ToTensor makes floats of it."""
        x = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
        return torch.flatten(self.pool(self.feat_extract(x)), 1)

    def forward(self, pictures):
        return torch.softmax(self.classifier(self.features(pictures)), -1)
