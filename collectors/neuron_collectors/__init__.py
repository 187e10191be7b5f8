"""Read facts about AWS Neuron devices and software from a host, without judging them."""
