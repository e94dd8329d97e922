"""The losses of export/loss.ts, from torch.nn.functional."""
import torch
import torch.nn.functional as F


def classification_loss(logits, labels, label_smoothing=0.0, focal_gamma=0.0, class_weights=None, mixup=None):
    """mixup: (partner, share); the rest as torch.nn.functional.cross_entropy names it."""
    if mixup is not None:
        partner, share = mixup
        options = (label_smoothing, focal_gamma, class_weights)
        mixed = classification_loss(logits, labels, *options), classification_loss(logits, labels[partner], *options)
        return share * mixed[0] + (1 - share) * mixed[1]
    weight = None if class_weights is None else torch.tensor(class_weights, dtype=logits.dtype)
    if focal_gamma == 0:
        return F.cross_entropy(logits, labels, weight=weight, label_smoothing=label_smoothing)
    classes = logits.shape[1]
    weight = torch.ones(classes, dtype=logits.dtype) if weight is None else weight
    target = F.one_hot(labels, classes) * (1 - label_smoothing) + label_smoothing / classes
    log_p = F.log_softmax(logits, 1)
    return -(target * weight * (1 - log_p.exp()) ** focal_gamma * log_p).sum() / weight[labels].sum()
