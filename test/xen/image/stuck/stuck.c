// SPDX-License-Identifier: GPL-2.0-only
/*
 * stuck: a PCI driver whose remove() waits until it is told to go on.
 *
 * It has no table of IDs: a device gets it by driver_override. Whoever unbinds
 * the device sleeps, in a sleep that no signal ends, until something is written
 * to the parameter "release".
 */
#include <linux/completion.h>
#include <linux/module.h>
#include <linux/pci.h>

static DECLARE_COMPLETION(told);

static int release_set(const char *value, const struct kernel_param *param)
{
	complete_all(&told);
	return 0;
}

static const struct kernel_param_ops release_ops = { .set = release_set };
module_param_cb(release, &release_ops, NULL, 0200);
MODULE_PARM_DESC(release, "Lets every remove() go on, now and later");

static int stuck_probe(struct pci_dev *dev, const struct pci_device_id *id)
{
	return 0;
}

static void stuck_remove(struct pci_dev *dev)
{
	pci_info(dev, "remove waits\n");
	wait_for_completion(&told);
	pci_info(dev, "remove goes on\n");
}

static const struct pci_device_id none[] = { { } };

static struct pci_driver stuck = {
	.name = "stuck",
	.id_table = none,
	.probe = stuck_probe,
	.remove = stuck_remove,
};
module_pci_driver(stuck);

MODULE_DESCRIPTION("A driver that hangs in remove, for tests of xenpci");
MODULE_LICENSE("GPL");
